-- wrk: the requests of payments.lua, each with a payment method.
dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]*$", "")) .. "payments.lua")
extra = ',"paymentMethod":"pm_card_visa"'
